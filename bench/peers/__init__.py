"""The servers that tickql is measured beside, each as its documentation shows it, on the same feed and answers."""
