"""One module a source of data; :data:`tradewind.data.registry.PROVIDERS` imports all of them on first use."""
