"""What tests share: servers, clients, builders of data, and helpers for one area each."""
