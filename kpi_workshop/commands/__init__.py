"""What is typed after `kpi-workshop`, by subject; the command line itself is put together in `cli`."""
