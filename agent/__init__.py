"""One turn of a conversation: from "messages are stored" to "a reply is stored", exactly once (DESIGN §3)."""
