"""Staff: cashiers, PINs, sessions and approvals."""
