"""Intake: a store says hello and sends its journal, which is written with its effects."""
