"""The demo: nothing in it is needed by anything else."""
