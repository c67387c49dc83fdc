"""What else a client hands over: a list of people for the org chart, and the answers to a form."""
