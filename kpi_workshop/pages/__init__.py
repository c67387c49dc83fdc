"""What people see: forms, charts, the report."""
