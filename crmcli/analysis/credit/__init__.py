"""Credit: who owes what since when, who pays late and is getting slower, and who may buy on account for how much."""
