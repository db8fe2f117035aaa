"""The store's SQLite: one writer, a hash-chained journal, one repository per concept."""
