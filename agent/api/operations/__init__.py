"""The operations of the local API, by subject: routes and OpenAPI document are made from them."""
