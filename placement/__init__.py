"""Where may each workload run, and which lawful place is the cheapest?"""
