"""How far the advice holds on real cases: figures, what they are worth, and what they stand on."""
