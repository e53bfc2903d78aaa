"""Questions about one's own documents: lists, states, prices, help. Nothing here changes a document."""
