"""An attack on a real server of this machine: `./livelist attack`, in parts that count alike."""
