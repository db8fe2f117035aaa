"""Tests of what head office tells the chain's other programs."""
