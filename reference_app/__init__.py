"""A small ERP for Vietnamese sellers, built on nothing but what entrosdk exports."""
