"""The error rates of kpi_workshop.evidence on simulated rollouts whose truth is known."""
