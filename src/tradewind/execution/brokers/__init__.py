"""Real brokers: each is one folder or file here, entered in the registry, and an ``ExternalBroker``."""
