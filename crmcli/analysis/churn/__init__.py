"""Churn: how well customers are kept, when silence means lost, who is leaving, and what it is worth to act."""
