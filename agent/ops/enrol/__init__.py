"""Enrolment: what a machine asks of head office once, with a code, and keeps."""
