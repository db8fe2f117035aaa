"""What the API says of itself: OpenAPI document, `/docs`, the pages of problems."""
