"""The cheapest placement that every rule allows, with a bound that proves it."""
