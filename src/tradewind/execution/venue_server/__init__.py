"""A venue server on this machine: the wire protocols of brokers over the simulated venue, for rehearsals."""
