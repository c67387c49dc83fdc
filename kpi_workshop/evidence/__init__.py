"""What the numbers can and cannot show: statistics on plain panels that know no CRM and no engagement."""
