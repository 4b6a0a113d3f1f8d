"""What campaigns brought in: response, uplift against a control group, receipts against expenses."""
