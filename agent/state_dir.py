"""What lies in the state directory, by name."""

DATABASE_FILE = "store.db"
"""The journal and everything else that must outlast the process."""
LOCAL_KEY_FILE = "api.key"
"""The API key of this PC's own commands."""
API_KEYS_DIR = "api-keys"
"""Digests of the clients' API keys, a file a client."""
