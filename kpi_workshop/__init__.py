"""KPI Workshop: find the few numbers a sales team should run on, and prove every week whether they work."""

__version__ = "0.1.0"
