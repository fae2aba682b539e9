"""The same job by other people's frameworks, each as its documentation recommends.

They run in environments of their own, so nothing here imports entrosdk.
"""
