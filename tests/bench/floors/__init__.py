"""This machine's own limits: the same things without the business."""
