"""What other libraries make of the same bytes. They run in `benchmarks/.venv` and nowhere else."""
