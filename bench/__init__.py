"""What the service costs, beside the least that Flask can cost, beside its peers, and as it grows."""
