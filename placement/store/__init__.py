"""The memory: every price that ever changed, and every decision with the catalog version that it stands on."""
