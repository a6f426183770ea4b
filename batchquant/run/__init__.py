"""The corridor, and what stands beside it while a run goes on."""
