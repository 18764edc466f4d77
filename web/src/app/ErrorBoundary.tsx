import { Component, type ReactNode } from 'react';
import { Failed } from '../ui/States';

/** A fault of one page must not take the alarms with it: they live outside. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Failed
        title="This page broke"
        words="The rest of Vigil goes on. Loading the page again usually helps."
        retry={() => window.location.reload()}
      />
    );
  }
}
