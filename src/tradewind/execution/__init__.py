"""From targets to orders and fills: planner, protection, capability table, simulated venue."""
