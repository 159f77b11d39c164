"""Speaking to people and servers outside: the outbox, letters and what became of them, capability links."""
