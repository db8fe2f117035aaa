"""Promises 1 to 5 of the chain against a model, under every fault in any order."""
