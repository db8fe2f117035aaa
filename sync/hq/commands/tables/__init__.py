"""Table files as clerks' spreadsheets save them."""
