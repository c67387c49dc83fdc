"""`python -m kpi_workshop` is the same as `kpi-workshop`."""

from .cli import main

if __name__ == "__main__":
    main()
