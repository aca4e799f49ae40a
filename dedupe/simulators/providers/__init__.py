"""The five providers as simulators, each with its own paging, errors and shapes. Others use
`servers.simulate`.
"""
