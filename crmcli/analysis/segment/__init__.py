"""Who the customers are: RFM scores, named segments, the customer pyramid and concentration."""
