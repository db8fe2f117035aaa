"""Selling: baskets, prices, quotes, sales, tenders, and receipts found again."""
