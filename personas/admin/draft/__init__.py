"""The editor of the draft: pages over the rows that publishing turns into a ruleset."""
