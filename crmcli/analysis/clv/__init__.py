"""Customer lifetime value: probability models of buying, dying and spending, and the views drawn from them."""
