"""The state of the client workflow: what every workflow keeps (see ``graphs.shared.state``)."""

from graphs.shared.state import WorkflowState

State = WorkflowState
