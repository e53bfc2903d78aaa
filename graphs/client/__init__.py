"""The client workflow (R098): a client card outside any document."""
