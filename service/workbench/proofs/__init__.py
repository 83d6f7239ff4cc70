"""Proofs about the whole rule base: what no profile, or every profile, gets; and profiles that show it."""
