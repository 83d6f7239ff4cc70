"""The reference pages that are generated from the rule base, in Dutch and English."""
