"""AWS's services, a folder each: state, engine, refusals, answers are pure; api and effects are thin."""
