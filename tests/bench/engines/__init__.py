"""Public engines beside the product's: installed for one run into a folder of its own."""
